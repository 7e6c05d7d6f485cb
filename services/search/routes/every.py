"""Every router, in the order in which /docs shows them."""

from services.search.routes import (
    datasets,
    evaluations,
    events,
    fields,
    health,
    images,
    imports,
    internal,
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
        models,
        evaluations,
        health,
        internal,
        page,
    )
]
