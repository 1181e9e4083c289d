#!/bin/sh
# Runs a command with the RabbitMQ 4 of Debian 13 in place of the installed one: as root, in a
# folder of its own that debootstrap fills the first time (half a minute).
#   deploy/rabbitmq/on-rabbitmq-4.sh .venv/bin/python -m pytest tests/contracts
set -eu
root=${KITU_RABBITMQ_4:-$(pwd)/.local/rabbitmq-4}
if [ ! -e "$root/usr/lib/rabbitmq/bin/rabbitmq-server" ]; then
    command -v debootstrap >/dev/null || apt-get -y install --no-install-recommends debootstrap
    echo "RabbitMQ 4 into $root"
    debootstrap --variant=minbase --include=rabbitmq-server trixie "$root" >"$root.log" 2>&1
fi
mkdir -p "$root/kitu"
for tool in rabbitmq-server rabbitmqctl rabbitmq-queues; do
    printf '#!/bin/sh\nexec chroot "%s" /usr/lib/rabbitmq/bin/%s "$@"\n' "$root" $tool >"$root/kitu/$tool"
    chmod +x "$root/kitu/$tool"
done
# The mounts, by which it sees our folders under the same paths, end with the command.
RABBITMQ_BIN="$root/kitu" exec unshare --mount sh -c '
    root=${RABBITMQ_BIN%/kitu}
    for shared in /tmp /proc /dev; do mount --rbind $shared "$root$shared"; done
    exec "$@"' on-rabbitmq-4 "$@"
