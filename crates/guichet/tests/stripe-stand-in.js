// A stand-in for Stripe.js, for the tests alone: nothing of Stripe's. It has the few functions that card-fields.js calls, with
// fields in frames of another origin, which is where Stripe has them.
(() => {
  const { origin } = new URL(document.currentScript.src);

  const field = (kind) => {
    const listeners = {};
    const frame = Object.assign(document.createElement("iframe"), { src: `${origin}/field#${kind}`, title: `Stand-in ${kind}` });
    Object.assign(frame.style, { inlineSize: "100%", blockSize: "1.5rem", border: "0" });
    const element = {
      value: "",
      on: (event, listener) => { listeners[event] = listener; },
      mount: (target) => target.append(frame),
      focus: () => frame.contentWindow.postMessage("focus", origin),
    };
    addEventListener("message", ({ source, data }) => {
      if (source !== frame.contentWindow) return;
      if (data.event === "change") element.value = data.value;
      listeners[data.event]?.(data);
    });
    return [kind, element];
  };

  window.Stripe = (key) => {
    const made = {};
    return {
      elements: ({ locale }) => {
        if (!["fr-CA", "en"].includes(locale)) throw new Error(`no language of Stripe's: ${locale}`);
        return {
          create(kind, { style }) {
            if (!style.base.color) throw new Error("no colour");
            const [, element] = field(kind);
            made[kind] = element;
            return element;
          },
        };
      },
      async createPaymentMethod({ type, card }) {
        if (type !== "card" || card !== made.cardNumber) throw new Error("not the number's field");
        const number = card.value.replaceAll(" ", "");
        // As Stripe refuses a number that no bank has.
        if (number === "4242424242424200") return { error: { type: "card_error", code: "incorrect_number" } };
        const [month, year] = made.cardExpiry.value.split("/");
        const form = new URLSearchParams({
          key, type, "card[number]": number, "card[exp_month]": month, "card[exp_year]": `20${year}`, "card[cvc]": made.cardCvc.value,
        });
        window.methodsMade = (window.methodsMade ?? 0) + 1;
        const answer = await fetch(`${origin}/v1/payment_methods`, { method: "POST", body: form });
        if (!answer.ok) return { error: { type: "api_connection_error" } };
        const { id } = await answer.json();
        return { paymentMethod: { id } };
      },
    };
  };
})();
