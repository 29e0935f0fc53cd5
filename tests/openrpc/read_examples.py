"""Do generated Python models read the examples of the document, each as the variant that it is?"""

import json
import sys
from pathlib import Path
from typing import Any

import models  # generated/models.py
from pydantic import TypeAdapter


def model(name: str) -> Any:
    return getattr(models, name)


def main(path: str) -> int:
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    read = 0
    for method in document["methods"]:
        name = method["result"]["schema"]["$ref"].rsplit("/", 1)[-1]
        # Generators write no class for what is but a number, a text or a boolean.
        if "properties" not in schemas[name] and "oneOf" not in schemas[name]:
            continue
        for example in method["examples"]:
            if "result" not in example:
                continue
            value = example["result"]["value"]
            told = TypeAdapter(model(name)).validate_python(value, strict=True)
            again = TypeAdapter(model(name)).dump_python(told, mode="json", by_alias=True, exclude_unset=True)
            if again != value:
                print(f"{method['name']}, {example['name']}: read as {told!r}", file=sys.stderr)
                return 1
            read += 1
    print(f"{read} results read by Python models")
    return 0 if read else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
