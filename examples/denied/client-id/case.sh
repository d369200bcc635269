title="A client ID that the policy does not allow"
about="The IoT policy lets each identity connect under its own identity ID. The program chose another name."
try="publish -i my-phone -t home/lamp -m ON -q 1"
explain="--client-id my-phone connect"
