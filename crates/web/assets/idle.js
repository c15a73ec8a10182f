// Warns before a session ends for want of use, so that nothing typed is lost (SEC-9). Without this script a session ends as it
// did: the next page asks to sign in, and leads back.

const dialog = document.querySelector("[data-idle]");
const idle = Number(dialog.dataset.idle) * 1000;
const warning = Number(dialog.dataset.warn) * 1000;
const before = dialog.querySelector("[data-idle-before]");
const after = dialog.querySelector("[data-idle-after]");
// What one tab uses, all use.
const tabs = new BroadcastChannel("guichet-session");
let usedAt = Date.now();
let timer;

const show = (ended) => {
  before.hidden = ended;
  after.hidden = !ended;
  dialog.setAttribute("aria-labelledby", ended ? "idle-ended" : "idle-title");
  if (!dialog.open) dialog.showModal();
};

const check = () => {
  clearTimeout(timer);
  const unused = Date.now() - usedAt;
  if (unused >= idle) return show(true);
  if (unused >= idle - warning) {
    show(false);
    timer = setTimeout(check, idle - unused);
  } else {
    if (dialog.open) dialog.close();
    timer = setTimeout(check, idle - warning - unused);
  }
};

const used = () => { usedAt = Date.now(); check(); };

const stay = async () => {
  // A session that has ended answers with the way to the sign-in page, which is not followed.
  const answer = await fetch("/profile/stay", { method: "POST", redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return show(true);
  tabs.postMessage("used");
  used();
};

dialog.querySelector("[data-idle-stay]").addEventListener("click", stay);
dialog.querySelector("[data-idle-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("cancel", (event) => {
  if (!after.hidden) return;
  event.preventDefault();
  stay();
});
tabs.addEventListener("message", used);
// A computer that slept, and a page that comes back from the browser's memory.
document.addEventListener("visibilitychange", () => { if (!document.hidden && (after.hidden || !dialog.open)) check(); });
tabs.postMessage("used");
check();
