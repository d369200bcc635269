#!/usr/bin/env python3
"""Lists the operations of AWS services as rows that C++ includes, from botocore's API models.

    tools/aws_operations.py iam > src/cloud/iam/aws_operations.inc

botocore is Debian's python3-botocore. REST-JSON services get {name, method, path}, others names.
"""
import sys

import botocore
import botocore.loaders

service = sys.argv[1]
model = botocore.loaders.Loader().load_service_model(service, "service-2")
metadata = model["metadata"]
print(f"// Every operation of {service} ({metadata['apiVersion']}), one row each.")
print(f"// Made by tools/aws_operations.py from the API model of botocore {botocore.__version__}.")
print("// clang-format off")
for name, operation in sorted(model["operations"].items()):
    if metadata["protocol"] == "rest-json":
        http = operation["http"]
        print(f'{{"{name}", "{http["method"]}", "{http["requestUri"].split("?")[0]}"}},')
    else:
        print(f'"{name}",')
print("// clang-format on")
