"""A stand-in for Stripe for the tests: gateway.py, with the state in memory alone. Prints its port.

localstripe keeps its state in one file for all of a machine; here it is written nowhere. Three things that Stripe takes
and localstripe does not are added: a return URL on confirming, the wish to keep the card of a payment, and the payment
method of a SetupIntent that is confirmed when it is made. Everything else is localstripe's, and like it this ignores
idempotency keys.
"""
import asyncio

from aiohttp import web
from localstripe import resources, server


def in_memory(self):
    pass


resources.Store.dump_to_disk = in_memory

PaymentIntent = resources.PaymentIntent
create_intent = PaymentIntent._api_create.__func__
confirm_intent = PaymentIntent._api_confirm.__func__
trigger_payment = PaymentIntent._trigger_payment


def create(cls, setup_future_usage=None, **data):
    intent = create_intent(cls, **data)
    intent._keeps = setup_future_usage is not None
    return intent


def confirm(id, return_url=None, **data):
    return confirm_intent(PaymentIntent, id, **data)


def trigger(self):
    trigger_payment(self)
    if self._keeps and self.latest_charge.status == 'succeeded':
        resources.PaymentMethod._api_attach(self.payment_method, customer=self.customer)


PaymentIntent._api_create = classmethod(create)
PaymentIntent._trigger_payment = trigger

SetupIntent = resources.SetupIntent
create_setup = SetupIntent._api_create.__func__


def create_confirmed(cls, payment_method=None, confirm=None, return_url=None, **data):
    setup = create_setup(cls, **data)
    method = resources.PaymentMethod._api_attach(payment_method, customer=setup.customer)
    setup.payment_method = method.id
    return SetupIntent._api_confirm(setup.id)


SetupIntent._api_create = classmethod(create_confirmed)


async def main():
    # The route of confirming was made when localstripe was imported; this one comes first.
    app = web.Application(middlewares=list(server.app.middlewares))
    url = '/v1/payment_intents/{id}/confirm'
    app.router.add_post(url, server.api_extra(confirm, url))
    for route in server.app.router.routes():
        if route.method != 'HEAD' and route.resource.canonical != url:
            app.router.add_route(route.method, route.resource.canonical, route.handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
