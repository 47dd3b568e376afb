# Two stages: the first installs, the second only runs. Debian's own Python gets Debian's security updates.
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY knowledge knowledge
# Of Babel's languages the interface speaks two; pip is of no use any more.
RUN python3 -m venv /opt/immunobot \
 && /opt/immunobot/bin/pip install --no-cache-dir -c constraints.txt '.[fast,http,postgres]' \
 && find /opt/immunobot/lib/python3*/site-packages/babel/locale-data -name '*.dat' ! -name 'root.dat' ! -name 'en*.dat' ! -name 'es*.dat' -delete \
 && /opt/immunobot/bin/pip uninstall -y -q pip

FROM debian:trixie-slim
# A fixed number, so that the owner of a mounted folder can be set to it: chown 10001 data
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 ca-certificates \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* \
 && useradd --uid 10001 --no-create-home --home-dir /home/immunobot immunobot \
 && mkdir -p /home/immunobot/data && chown 10001 /home/immunobot/data
COPY --from=build /opt/immunobot /opt/immunobot
WORKDIR /home/immunobot
USER 10001
# All that is written goes there: the rest may be read-only (docker run --read-only).
VOLUME /home/immunobot/data
ENV PATH=/opt/immunobot/bin:$PATH PYTHONUNBUFFERED=1 IMMUNOBOT_SERVICE__PORT=9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python3", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 9464, timeout=4); c.request('GET', '/healthz'); exit(c.getresponse().status != 200)"]
# 0 stopped, 69 Discord unreachable (start again later); 65, 73, 77 and 78 need a person.
ENTRYPOINT ["immunobot"]
CMD ["run"]
