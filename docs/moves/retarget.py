#!/usr/bin/env python3
"""retarget.py MAP.json ROOT...: in every .rs under ROOT, moves `old::Item` to `new::Item`, in paths and in `use` lists.
MAP: {"accounts": {"Claim": "sign_up", ...}, ...}. Run rustfmt after it. Inside the crate that now owns an item `new::` becomes `crate::`."""
import json,re,sys,os
M=json.load(open(sys.argv[1]))
def parts(body):
    out,d,c=[],0,''
    for ch in body:
        d+=ch=='{'; d-=ch=='}'
        if ch==',' and d==0: out.append(c.strip()); c=''
        else: c+=ch
    if c.strip(): out.append(c.strip())
    return [p for p in out if p]
def do(path,s):
    own=path.split('/crates/')[1].split('/')[0] if '/crates/' in path else ''
    root=lambda c:'crate' if c==own and '/src/' in path else c
    for old,items in M.items():
        def use(m):
            by={}
            for p in parts(m[3]):
                n=re.match(r'\w+',p)[0]; by.setdefault(items.get(n,old),[]).append(p)
            return '\n'.join(f"{m[1]}{m[2] or ''}use {root(c)}::{'{'+', '.join(v)+'}' if len(v)>1 or v[0]=='self' else v[0]};" for c,v in by.items())
        s=re.sub(r'^([ \t]*)(pub(?:\([^)]*\))? )?use '+old+r'::\{(.*?)\};',use,s,flags=re.M|re.S)
        s=re.sub(r'(?<![\w:])'+old+r'::(\w+)',lambda m:f"{root(items[m[1]])}::{m[1]}" if m[1] in items else m[0],s)
    return s
for r in sys.argv[2:]:
    for d,_,fs in os.walk(r):
        if '/target' in d: continue
        for f in fs:
            if f.endswith('.rs'):
                p=os.path.abspath(os.path.join(d,f)); a=open(p).read(); b=do(p,a)
                if a!=b: open(p,'w').write(b); print(p)
