# Packages first, code last: a change of code rebuilds in seconds.
FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 HOME=/tmp
WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./

FROM base AS search
RUN --mount=type=cache,target=/tmp/.cache/pip pip install --constraint constraints.txt '.[search]'
COPY shared shared
COPY services/__init__.py services/__init__.py
COPY services/search services/search
RUN python -m compileall -q shared services
EXPOSE 8000
CMD ["uvicorn", "--factory", "services.search.app:from_environment", "--host", "0.0.0.0", "--port", "8000", \
     "--limit-concurrency", "256", "--timeout-keep-alive", "5", "--timeout-graceful-shutdown", "25", "--backlog", "512", \
     "--no-access-log"]

# What embedding and worker share is installed once.
FROM base AS tensorflow
ARG TENSORFLOW=cpu
RUN --mount=type=cache,target=/tmp/.cache/pip pip install --constraint constraints.txt ".[${TENSORFLOW}]"

FROM tensorflow AS embedding
RUN --mount=type=cache,target=/tmp/.cache/pip pip install --constraint constraints.txt '.[embedding]'
COPY shared shared
COPY services/__init__.py services/__init__.py
COPY services/embedding services/embedding
RUN python -m compileall -q shared services
EXPOSE 8001
CMD ["uvicorn", "--factory", "services.embedding.app:from_environment", "--host", "0.0.0.0", "--port", "8001", \
     "--limit-concurrency", "256", "--timeout-keep-alive", "5", "--timeout-graceful-shutdown", "25", "--backlog", "512", \
     "--no-access-log"]

FROM tensorflow AS worker
RUN --mount=type=cache,target=/tmp/.cache/pip pip install --constraint constraints.txt '.[worker]'
COPY shared shared
COPY services/__init__.py services/__init__.py
COPY services/worker services/worker
RUN python -m compileall -q shared services
CMD ["python", "-m", "services.worker.app"]
