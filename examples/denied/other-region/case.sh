title="An ARN of another region"
about="The statement was copied from a project in us-east-1. The connection is fine; the first message ends it."
try="publish -t home/lamp -m ON -q 1"
explain="publish home/lamp"
