title="No IoT policy is attached"
about="The role allows everything that is needed, and so would the IoT policy. But a policy counts only once it is attached
to the identity, and each new user is a new identity."
attach=no
try="publish -t home/lamp -m ON -q 1"
explain="connect"
