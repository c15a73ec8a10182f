// Passkeys: what the site asks the device for, and what the device answers, go through a form of ours. Options and answers are
// turned into JSON by hand: the one way that works in every browser, and with keepers of passwords that stand in for it.

// A challenge is good for five minutes; the one that waits for a name being chosen is drawn anew before.
const RENEW_AFTER = 240_000;

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const toText = (bytes) => bytes && btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const withBytes = (known) => known?.map((one) => ({ ...one, id: toBytes(one.id) }));
const optionsOf = (json) => ({
  ...json,
  challenge: toBytes(json.challenge),
  ...(json.user && { user: { ...json.user, id: toBytes(json.user.id) } }),
  ...(json.excludeCredentials && { excludeCredentials: withBytes(json.excludeCredentials) }),
  ...(json.allowCredentials && { allowCredentials: withBytes(json.allowCredentials) }),
});

const answerOf = ({ id, rawId, type, response }) => JSON.stringify({
  id,
  rawId: toText(rawId),
  type,
  response: {
    clientDataJSON: toText(response.clientDataJSON),
    ...(response.attestationObject
      ? { attestationObject: toText(response.attestationObject), transports: response.getTransports?.() ?? [] }
      : {
        authenticatorData: toText(response.authenticatorData),
        signature: toText(response.signature),
        userHandle: response.userHandle ? toText(response.userHandle) : null,
      }),
  },
});

const isKnown = () => window.PublicKeyCredential && navigator.credentials;

const begin = (form) => {
  const { passkey: kind, options, ...words } = form.dataset;
  const place = form.querySelector("[data-passkey-error]");
  const busyText = form.querySelector("[data-passkey-busy]");
  const button = form.querySelector("button");
  let busy = false;
  let waiting;

  const tell = (text) => {
    place.querySelector("[data-text]").textContent = text;
    place.hidden = !text;
    if (text) place.focus();
  };
  const setBusy = (is) => {
    busy = is;
    // Not disabled: it would lose the focus, and a screen reader its place.
    button.setAttribute("aria-disabled", String(is));
    busyText.textContent = is ? words.busy : "";
  };

  // What there is to sign. None where it is said why, or the session has ended and the browser goes to sign in.
  const ask = async () => {
    const response = await fetch(options, { method: "POST", headers: { accept: "application/json" } });
    if (response.redirected) return location.assign(response.url);
    const json = await response.json();
    if (json.go) return location.assign(json.go);
    if (!response.ok) throw Object.assign(new Error("refused"), { text: json.text });
    return json;
  };
  const send = (token, credential) => {
    form.elements.namedItem("token").value = token;
    form.elements.namedItem("answer").value = answerOf(credential);
    form.submit();
  };

  // Cancelled and timed out are one to a page, so that it learns nothing of who is there.
  const why = (error) => error.text ?? {
    NotAllowedError: words.cancelled,
    InvalidStateError: words.known,
    NotSupportedError: words.unfit,
    ConstraintError: words.unfit,
    SecurityError: words.unfit,
  }[error.name] ?? words.failed;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    waiting?.abort();
    tell("");
    setBusy(true);
    try {
      const asked = await ask();
      if (!asked) return;
      const publicKey = optionsOf(asked.publicKey);
      const credential = kind === "create"
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
      send(asked.token, credential);
    } catch (error) {
      setBusy(false);
      tell(why(error));
    }
  });

  // Offered among the names that the browser fills in.
  const offer = async () => {
    waiting?.abort();
    const mine = new AbortController();
    waiting = mine;
    try {
      const asked = await ask();
      if (!asked || mine.signal.aborted) return;
      const publicKey = optionsOf(asked.publicKey);
      const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal });
      if (credential && !busy) send(asked.token, credential);
    } catch {
      // Nothing was pressed, so nothing is said; the button is there.
    }
  };
  if ("autofill" in words) {
    PublicKeyCredential.isConditionalMediationAvailable?.().then((is) => {
      if (!is) return;
      offer();
      setInterval(() => { if (!busy && document.visibilityState === "visible") offer(); }, RENEW_AFTER);
    });
  }

  // Gone back to from the next page.
  addEventListener("pageshow", ({ persisted }) => { if (persisted) setBusy(false); });
  form.hidden = false;
};

// Removed here, it would go on being offered by the device.
const forget = ({ credential, party }) =>
  window.PublicKeyCredential?.signalUnknownCredential?.({ rpId: party, credentialId: credential }).catch(() => {});

for (const none of document.querySelectorAll("[data-passkey-none]")) none.hidden = Boolean(isKnown());
for (const unknown of document.querySelectorAll("[data-passkey-unknown]")) forget(unknown.dataset);
if (isKnown()) for (const form of document.querySelectorAll("[data-passkey]")) begin(form);
