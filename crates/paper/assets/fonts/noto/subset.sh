#!/usr/bin/env bash
# Makes the files of this folder anew, in it. See README.md for the versions.
set -e
N=/usr/share/fonts/truetype/noto
C=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
one() { # source, target, unicodes, features, more
  pyftsubset "$1" ${5:-} --output-file="$2" --unicodes="$3" --layout-features="$4" --no-hinting --no-glyph-names \
    --drop-tables+=DSIG,BASE,vhea,vmtx,VORG --name-IDs=0,1,2,3,4,5,6,13,14 --notdef-outline
}
COMPLEX='abvf,abvm,abvs,akhn,blwf,blwm,blws,calt,ccmp,cjct,dist,fina,half,haln,init,isol,kern,liga,locl,mark,medi,mkmk,nukt,pref,pres,pstf,psts,rclt,rkrf,rlig,rphf,vatu'
one $N/NotoSans-Regular.ttf NotoSans-Subset.ttf '20-7E,A0-36F,370-3FF,400-52F,1AB0-1AFF,1C80-1C8F,1D00-1FFF,2000-206F,2070-20BF,2100-214F,2C60-2C7F,2DE0-2DFF,A640-A69F,A700-A7FF,AB30-AB6F' 'ccmp,kern,locl,mark,mkmk'
one $N/NotoSansCanadianAboriginal-Regular.ttf NotoSansCanadianAboriginal-Subset.ttf '20,1400-167F,18B0-18FF,2D7,2BC,2D9,307,308' 'ccmp,kern,locl,mark,mkmk'
one $N/NotoSansArabic-Regular.ttf NotoSansArabic-Subset.ttf '*' "$COMPLEX"
one $N/NotoSansHebrew-Regular.ttf NotoSansHebrew-Subset.ttf '20,590-5FF,FB1D-FB4F,25CC' "$COMPLEX"
for s in Devanagari Gurmukhi Bengali Gujarati Tamil Telugu Kannada Malayalam Sinhala Thai Lao Khmer Armenian Georgian Ethiopic Cherokee; do
  one $N/NotoSans$s-Regular.ttf NotoSans$s-Subset.ttf '20,200C,200D,25CC,300-36F,530-1CFF,1C90-1CBF,2D00-2DDF,A8E0-A8FF,AB00-ABBF' "$COMPLEX"
done
one $C NotoSansCJK-Subset.otf '3000-30FF,3105-312F,3131-318E,31A0-31BF,31F0-31FF,3400-4DBF,4E00-9FFF,AC00-D7A3,F900-FAFF,FF01-FFEE,20000-2FFFF' '' --font-number=2

