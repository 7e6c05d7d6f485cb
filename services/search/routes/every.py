"""Every router, in the order in which /docs shows them."""

from services.search.routes import (
    arrivals,
    datasets,
    evaluations,
    events,
    fields,
    health,
    images,
    imports,
    internal,
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
        items,
        imports,
        fields,
        images,
        datasets,
        jobs,
        events,
        models,
        evaluations,
        health,
        internal,
        arrivals,
        page,
    )
]
