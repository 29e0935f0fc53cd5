"""Do generated Python models read the examples of the document, each as the one variant that it is?"""

import json
import sys
from pathlib import Path
from typing import Any

import models  # generated/models.py
from pydantic import BaseModel, ValidationError


def variants(schemas: dict[str, Any], name: str) -> list[type[BaseModel]]:
    """The models of a result: of a choice those of its branches. A number, a text or a boolean has none."""
    schema = schemas[name]
    if "oneOf" in schema:
        branches = [branch["$ref"].rsplit("/", 1)[-1] for branch in schema["oneOf"]]
        return [model for branch in branches for model in variants(schemas, branch)]
    return [getattr(models, name)] if "properties" in schema else []


def read(model: type[BaseModel], text: str) -> BaseModel | None:
    try:
        return model.model_validate_json(text, strict=True)
    except ValidationError:
        return None


def main(path: str) -> int:
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    passed = failed = 0
    for method in document["methods"]:
        known = variants(schemas, method["result"]["schema"]["$ref"].rsplit("/", 1)[-1])
        for example in method["examples"]:
            if "result" not in example or not known:
                continue
            value = example["result"]["value"]
            fitting = [told for model in known if (told := read(model, json.dumps(value)))]
            again = [told.model_dump(mode="json", by_alias=True, exclude_unset=True) for told in fitting]
            if again == [value]:
                passed += 1
            else:
                failed += 1
                print(f"FAILED: {method['name']}, {example['name']}: read as {fitting!r}", file=sys.stderr)
    print(f"{passed} results read by Python models, {failed} not")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
