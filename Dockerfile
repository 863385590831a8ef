# The site and the worker are two commands of one image.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/participation
COPY . .
RUN make setup && rm -rf node_modules

FROM python:3.12-slim
RUN useradd --system --create-home --home-dir /var/lib/participation participation
WORKDIR /srv/participation
COPY --from=build /srv/participation /srv/participation
ENV PATH=/srv/participation/.venv/bin:$PATH KEYS_DIR=/var/lib/participation/keys FILES_DIR=/var/lib/participation/files PYTHONUNBUFFERED=1
USER participation
EXPOSE 8000
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"
CMD ["participation", "serve", "--host", "0.0.0.0"]
