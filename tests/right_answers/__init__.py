"""Right answers by exercise, written as differently from the package's as learners write them."""

import importlib
import pkgutil

RIGHT_ANSWERS = {
    name: answers
    for module in pkgutil.iter_modules(__path__)
    for name, answers in importlib.import_module(f"{__name__}.{module.name}").RIGHT_ANSWERS.items()
}
