title="A comma too many"
about="AWS answers \`Policy document is Malformed\` and nothing else. The local cloud says where."
try="publish -t home/lamp -m ON -q 1"
explain="publish home/lamp"
