"""Every router, in the order in which /docs shows them."""

from services.search.routes import (
    arrivals,
    datasets,
    evaluations,
    events,
    exports,
    fields,
    health,
    images,
    imports,
    internal,
    internal_reading,
    item,
    items,
    jobs,
    models,
    page,
    search,
)

ROUTERS = [
    module.router
    for module in (
        search,
        item,
        items,
        imports,
        fields,
        images,
        datasets,
        jobs,
        events,
        exports,
        models,
        evaluations,
        health,
        internal,
        internal_reading,
        arrivals,
        page,
    )
]
