title="topic/ where topicfilter/ is due"
about="The IoT policy lists iot:Subscribe beside iot:Publish and iot:Receive. A subscription asks for a topicfilter."
try="subscribe -t home/lamp -C 1"
explain="subscribe home/lamp"
