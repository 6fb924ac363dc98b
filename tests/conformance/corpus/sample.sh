set -euo pipefail

target=${1:-out}
mkdir -p "$target"
for file in *.txt; do
  if [ -s "$file" ]; then
    gzip -c "$file" > "$target/$file.gz"
  fi
done
echo "done: $(ls "$target" | wc -l) files"
