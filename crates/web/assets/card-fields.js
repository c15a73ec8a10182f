// Stripe's own fields for a card: its number goes from them to Stripe, and into our form goes the id of what Stripe made of it.

// How long Stripe's script and fields may take before the other ways to pay are pointed at.
const PATIENCE = 15_000;

const form = document.querySelector("[data-card-fields]");
const { script, key, locale, ...words } = form.dataset;
const method = form.elements.namedItem("method");
const button = form.querySelector("button");
const busyText = form.querySelector("[data-card-busy]");
const summary = form.querySelector("[data-card-summary]");
const waiting = document.querySelector("[data-card-wait]");
const out = document.querySelector("[data-card-out]");

// A browser may have kept it from an earlier visit.
method.value = "";

// Stripe cannot be reached, or the browser keeps it out: nothing of the form would work.
const giveUp = () => {
  waiting.hidden = true;
  form.hidden = true;
  out.hidden = false;
};

const load = (src) => new Promise((resolve, reject) => {
  const element = Object.assign(document.createElement("script"), { src, async: true });
  element.addEventListener("load", () => (window.Stripe ? resolve(window.Stripe) : reject(new Error("no Stripe"))));
  element.addEventListener("error", reject);
  setTimeout(reject, PATIENCE);
  document.head.append(element);
});

// As our own fields look, in light and dark; frames of another house see no style sheet of ours.
const looks = () => {
  const { color, fontFamily } = getComputedStyle(document.body);
  const soft = getComputedStyle(form.querySelector(".hint")).color;
  return { base: { color, fontFamily, fontSize: "17px", iconColor: soft, "::placeholder": { color: soft } }, invalid: { color, iconColor: color } };
};

const fields = ["number", "expiry", "code"].map((name) => ({
  name,
  box: form.querySelector(`[data-card-field=${name}]`),
  error: document.getElementById(`card-${name}-error`),
  complete: false,
  empty: true,
}));

// Beside the field; read out by screen readers, for the field itself is in another house's frame.
const tell = (field, text) => {
  field.box.classList.toggle("wrong", text !== "");
  const line = field.error.querySelector("[data-text]");
  if (line.textContent !== text) line.textContent = text;
  field.error.hidden = text === "";
};

// On top, with the focus: [{field, text}]; an error without a field is about the whole.
const summarize = (errors) => {
  const items = errors.map(({ field, text }) => {
    const item = document.createElement("li");
    if (!field) return item.append(text), item;
    const link = Object.assign(document.createElement("a"), { href: `#card-${field.name}`, textContent: text });
    link.addEventListener("click", (event) => { event.preventDefault(); field.element.focus(); });
    item.append(link);
    return item;
  });
  summary.querySelector("ul").replaceChildren(...items);
  summary.hidden = errors.length === 0;
  if (errors.length) summary.focus();
};

const wordsFor = (field, kind) => words[`${field.name}${kind}`];

// What Stripe refuses, as the codes of its validation name it.
const fieldOf = (code = "") => fields.find(({ name }) => code.includes({ number: "number", expiry: "expiry", code: "cvc" }[name]));

const refused = (error) => {
  const field = fieldOf(error.code);
  if (field) {
    tell(field, wordsFor(field, "Wrong"));
    return [{ field, text: wordsFor(field, "Wrong") }];
  }
  return [{ text: error.type === "card_error" || error.type === "validation_error" ? words.refused : words.failed }];
};

let busy = false;
const setBusy = (is) => {
  busy = is;
  // Not disabled: it would lose the focus, and a screen reader its place.
  button.setAttribute("aria-disabled", String(is));
  busyText.textContent = is ? words.busy : "";
};

const begin = (Stripe) => {
  const stripe = Stripe(key);
  const elements = stripe.elements({ locale });
  waiting.hidden = true;
  form.hidden = false;
  const late = setTimeout(giveUp, PATIENCE);
  const style = looks();
  const kinds = { number: "cardNumber", expiry: "cardExpiry", code: "cardCvc" };
  for (const field of fields) {
    field.element = elements.create(kinds[field.name], { style });
    field.element.on("change", ({ complete, empty, error }) => {
      Object.assign(field, { complete, empty });
      tell(field, error ? wordsFor(field, "Wrong") : "");
    });
    const frame = document.getElementById(`card-${field.name}`);
    field.element.on("focus", () => frame.classList.add("focused"));
    field.element.on("blur", () => frame.classList.remove("focused"));
    field.element.mount(frame);
  }
  fields[0].element.on("ready", () => clearTimeout(late));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    const wrong = fields.filter(({ complete }) => !complete)
      .map((field) => ({ field, text: wordsFor(field, field.empty ? "Empty" : "Wrong") }));
    for (const { field, text } of wrong) tell(field, text);
    summarize(wrong);
    if (wrong.length) return;
    setBusy(true);
    const answer = await stripe.createPaymentMethod({ type: "card", card: fields[0].element }).catch(() => ({ error: {} }));
    if (answer.paymentMethod) {
      method.value = answer.paymentMethod.id;
      form.submit();
      return;
    }
    setBusy(false);
    summarize(refused(answer.error ?? {}));
  });
};

// Gone back to from the next page: a card is asked for anew.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  method.value = "";
  setBusy(false);
});

load(script).then(begin).catch(giveUp);
