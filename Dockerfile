# An image of the server: docker build --tag liveblog .     docs/deploy.md has the rest.
ARG PYTHON=3.11

FROM node:22-bookworm-slim AS scripts
WORKDIR /src
COPY editor/package.json editor/package-lock.json editor/
RUN npm ci --prefix editor --ignore-scripts --no-audit --no-fund
COPY editor editor
COPY static static
RUN node editor/build.js && node editor/build-reader.js

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/venv
COPY constraints.txt .
RUN pip --python /opt/venv/bin/python install --no-cache-dir --require-hashes --requirement constraints.txt
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY liveblog liveblog
COPY templates templates
COPY editor editor
COPY --from=scripts /src/static static
RUN pip --python /opt/venv/bin/python wheel --no-deps --no-build-isolation --wheel-dir /wheels .
RUN pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --no-index --find-links /wheels liveblog

FROM python:${PYTHON}-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin liveblog \
    && install --directory --owner liveblog --group liveblog --mode 700 /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    LIVEBLOG_DATA=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["liveblog"]
CMD ["serve"]
