# Two stages: the first installs, the second only runs.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
RUN python -m venv /opt/immunobot \
 && /opt/immunobot/bin/pip install --no-cache-dir -c constraints.txt '.[fast,plot]'

FROM python:3.12-slim
# A fixed number, so that the owner of a mounted folder can be set to it: chown 10001 data
RUN useradd --uid 10001 --create-home --home-dir /home/immunobot immunobot
COPY --from=build /opt/immunobot /opt/immunobot
WORKDIR /home/immunobot
COPY knowledge knowledge
RUN mkdir data && chown immunobot data
USER 10001
VOLUME /home/immunobot/data
ENV PATH=/opt/immunobot/bin:$PATH PYTHONUNBUFFERED=1
# 0 stopped, 69 Discord unreachable (start again later); 65, 73, 77 and 78 need a person.
ENTRYPOINT ["immunobot"]
CMD ["run"]
