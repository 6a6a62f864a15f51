# Sourced by the scripts beside it: installs what is missing and finds a Node that runs TypeScript as it is.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

need() {
  command -v "$1" >/dev/null 2>&1 || { echo "herald: $1 is needed and not on the PATH" >&2; exit 69; }
}

# Installs once per lock file. The stamp lies inside node_modules, so that removing that folder is enough to start over.
install() {
  need node
  need npm
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  if [ "$major" -lt 20 ]; then
    echo "herald: Node 20 or later is needed; this one is $(node -v)" >&2
    exit 69
  fi
  if ! cmp -s package-lock.json node_modules/.herald-installed; then
    echo "Installing dependencies (once) ..."
    npm ci --no-audit --no-fund --loglevel=error --progress=true
    cp package-lock.json node_modules/.herald-installed
  fi
  # Herald needs Node 24 or later; where the one on the PATH is older, the project brings its own.
  if [ "$major" -lt 24 ]; then
    PATH="$PWD/node_modules/.bin:$PATH"
  else
    PATH="$PATH:$PWD/node_modules/.bin"
  fi
  export PATH TURBO_TELEMETRY_DISABLED=1
}
