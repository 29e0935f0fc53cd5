"""What does a whole cost beside the sum of its parts?"""
from . import rpc
from .load import measured
from .processes import on_databases
from .told import Table

BATCH = 20


def batch(options, callers):
    """20 calls in one request beside 20 requests: fee-info, and debits on both databases"""
    table = Table(f"batches of {BATCH}, {callers} callers")
    with on_databases(options, table) as (gateways, _):
        singles = {"fee-info": (gateways["SQLite"], rpc.fee_info())}
        for name, gateway in gateways.items():
            singles[f"debit, {name}"] = (gateway, rpc.debit(gateway.card()))
        for _ in range(options.rounds):
            for title, (gateway, single) in singles.items():
                table.measure(title, measured, [gateway], [single], callers, options.seconds)
                table.measure(f"batch of {title}", measured, [gateway], [[single] * BATCH], callers, options.seconds)
        for title in singles:
            table.beside_parts(f"batch of {title}", {title: BATCH})
    return [table]


def hold(options, callers):
    """a hold and then its charge, beside two debits"""
    table = Table(f"hold and charge, {callers} callers")
    with on_databases(options, table) as (gateways, _):
        tokens = {name: gateway.card() for name, gateway in gateways.items()}
        for _ in range(options.rounds):
            for name, gateway in gateways.items():
                table.measure(f"debit, {name}", measured, [gateway], [rpc.debit(tokens[name])], callers, options.seconds)
                table.measure(f"hold and charge, {name}", measured, [gateway], rpc.hold_and_charge(tokens[name]), callers,
                              options.seconds)
        for name in gateways:
            table.beside_parts(f"hold and charge, {name}", {f"debit, {name}": 2})
    return [table]


def transfer(options, callers):
    """a transfer from UZCARD to HUMO, two legs, beside two debits"""
    table = Table(f"transfers from UZCARD to HUMO, {callers} callers")
    with on_databases(options, table) as (gateways, _):
        tokens = {name: gateway.card() for name, gateway in gateways.items()}
        for _ in range(options.rounds):
            for name, gateway in gateways.items():
                for title, request in (("debit", rpc.debit(tokens[name])), ("transfer", rpc.transfer(tokens[name]))):
                    table.measure(f"{title}, {name}", measured, [gateway], [request], callers, options.seconds)
        for name in gateways:
            table.beside_parts(f"transfer, {name}", {f"debit, {name}": 2})
    return [table]
