# Two stages: the first installs, the second has what runs and nothing else: no shell, no package manager, nobody who is root.
# Debian's own Python gets Debian's security updates with each `docker build --pull --no-cache`.
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates binutils
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY knowledge knowledge
# Of Babel's languages the interface speaks two; pip, and what is for debuggers, are of no use any more.
RUN python3 -m venv /opt/immunobot \
 && /opt/immunobot/bin/pip install --no-cache-dir -c constraints.txt '.[fast,http,postgres]' \
 && find /opt/immunobot/lib/python3*/site-packages/babel/locale-data -name '*.dat' ! -name 'root.dat' ! -name 'en*.dat' ! -name 'es*.dat' -delete \
 && find /opt/immunobot -name '*.so' -exec strip --strip-unneeded {} + \
 && /opt/immunobot/bin/pip uninstall -y -q pip
# Python, what it and the libraries are linked to, and what dpkg knows of them, for who scans the image.
RUN packages="base-files netbase media-types tzdata libc6 libgcc-s1 libstdc++6 zlib1g libzstd1 libssl3t64 libsqlite3-0 libexpat1 \
      libffi8 libbz2-1.0 liblzma5 libuuid1 libtinfo6 libncursesw6 libreadline8t64 libpython3-stdlib libpython3.13-minimal \
      libpython3.13-stdlib python3.13-minimal python3.13 python3-minimal python3" \
 && mkdir -p /image/var/lib/dpkg /folder/data \
 && dpkg -s $packages > /image/var/lib/dpkg/status \
 && dpkg -L $packages | grep -vE '^/usr/share/(doc|man|lintian|locale)/|/gconv/' | tar -c --no-recursion -T - | tar -xp -C /image \
 && python3 -m compileall -q -s /image /image/usr/lib/python3.13 \
 && cp --parents /etc/ssl/certs/ca-certificates.crt /image \
 && echo 'immunobot:x:10001:10001::/home/immunobot:/usr/sbin/nologin' > /image/etc/passwd

FROM scratch
COPY --from=build /image /
COPY --from=build /opt/immunobot /opt/immunobot
# A fixed number, so that the owner of a mounted folder can be set to it: chown 10001 immunobot
COPY --from=build --chown=10001:10001 /folder /home/immunobot
WORKDIR /home/immunobot
USER 10001
# The settings and all that is written are there: the rest may be read-only (docker run --read-only).
VOLUME /home/immunobot
ENV PATH=/opt/immunobot/bin:/usr/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PYTHONUNBUFFERED=1 IMMUNOBOT_SERVICE__PORT=9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python3", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 9464, timeout=4); c.request('GET', '/healthz'); exit(c.getresponse().status != 200)"]
# 0 stopped, 69 Discord unreachable (start again later); 65, 73, 77 and 78 need a person.
ENTRYPOINT ["immunobot"]
CMD ["run"]
