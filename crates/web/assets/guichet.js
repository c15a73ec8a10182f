// What scripts add: every page works without them.

const reveal = (element) => { element.hidden = false; };

document.querySelector("[data-focus]")?.focus();

// Copies an identifier.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    reveal(button);
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.replaceChildren(button.dataset.done);
    });
  }
}

// Shows a password while its owner wants to see it.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
  };
  reveal(button);
  button.addEventListener("click", () => show(input.type === "password"));
  // Sent as a password, so that no browser offers it again as a text.
  input.form?.addEventListener("submit", () => show(false));
}

// An estimate only: the server decides. Kinds of characters make an alphabet, repeats and runs count little.
const estimate = (text) => {
  if (!text) return 0;
  const alphabet = [[/\p{Ll}/u, 26], [/\p{Lu}/u, 26], [/\d/, 10], [/[^\p{L}\d]/u, 20]]
    .reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
  const characters = [...text];
  const worth = characters.filter((character, at) => {
    const step = at && character.codePointAt(0) - characters[at - 1].codePointAt(0);
    return !at || Math.abs(step) > 1;
  }).length;
  const bits = Math.min(worth, 2 * new Set(characters).size) * Math.log2(alphabet || 1);
  return bits < 28 ? 1 : bits < 45 ? 2 : bits < 64 ? 3 : 4;
};

// Rules of the password turn satisfied while it is typed.
for (const list of document.querySelectorAll("[data-rules]")) {
  const input = document.getElementById(list.dataset.rules);
  const other = document.getElementById(list.dataset.other ?? "");
  const { min, max, metText } = list.dataset;
  const met = {
    length: (text) => [...text].length >= Number(min) && [...text].length <= Number(max),
    letter: (text) => /\p{L}/u.test(text),
    digit: (text) => /\d/.test(text),
    "no-forbidden": (text) => !/[\s=+<>#@]/.test(text),
    "not-username": (text) => !other?.value || !text.toLowerCase().includes(other.value.toLowerCase()),
  };
  const meter = list.parentElement.querySelector("[data-strength]");
  const words = meter.dataset.words.split("|");
  const update = () => {
    for (const rule of list.children) {
      const good = input.value !== "" && (met[rule.dataset.rule]?.(input.value) ?? false);
      rule.toggleAttribute("data-met", good);
      rule.querySelector(".visually-hidden").textContent = good ? ` (${metText})` : "";
    }
    const strength = estimate(input.value);
    meter.hidden = strength === 0;
    meter.dataset.strength = strength;
    const word = strength ? words[strength - 1] : "";
    const said = meter.querySelector("[role=status]");
    if (said.textContent !== word) said.textContent = word;
  };
  input.addEventListener("input", update);
  other?.addEventListener("input", update);
}

// Tells whether a username is free, and offers others.
for (const input of document.querySelectorAll("[data-check]")) {
  const place = document.getElementById(`${input.id}-check`);
  let asked = 0;
  let timer;
  const line = (className, text) => Object.assign(document.createElement("p"), { className, textContent: text });
  // What the server said of the name that was sent does not hold for the one that is typed now.
  const forget = () => {
    document.getElementById(`${input.id}-error`)?.remove();
    input.closest(".field").classList.remove("wrong");
    input.removeAttribute("aria-invalid");
  };
  const answer = ({ free, reason, proposals }) => {
    forget();
    place.replaceChildren(line(free ? "status tone-success" : "error", free ? input.dataset.free : reason ?? ""));
    if (free || !proposals?.length) return;
    const choices = Object.assign(document.createElement("div"), { className: "proposals" });
    for (const name of proposals) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button secondary compact", textContent: name });
      button.addEventListener("click", () => { input.value = name; input.focus(); ask(); });
      choices.append(button);
    }
    place.append(choices);
  };
  const ask = async () => {
    const mine = ++asked;
    const name = input.value.trim();
    if (!name) return place.replaceChildren();
    const url = `${input.dataset.check}?name=${encodeURIComponent(name)}`;
    const response = await fetch(url, { headers: { accept: "application/json" } }).catch(() => null);
    // Without an answer nothing is said: the form asks again when it is sent.
    if (mine === asked && response?.ok) answer(await response.json());
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 400); });
}

// A proposal in the page fills its field.
for (const button of document.querySelectorAll("[data-fill]")) {
  reveal(button);
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.fill);
    input.value = button.textContent.trim();
    input.dispatchEvent(new Event("input"));
    input.focus();
  });
}

// A menu closes when one looks elsewhere.
for (const menu of document.querySelectorAll("details.switcher")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
