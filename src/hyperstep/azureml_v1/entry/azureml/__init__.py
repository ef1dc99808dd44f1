"""What `import azureml` finds where this folder is on the path: the layer, which then takes its place.

An interpreter that hyperstep isn't installed in loads it from where this file
lies, and so sees nothing else of what is installed beside it.
"""

import sys

try:
    import hyperstep
except ImportError:
    from importlib.util import module_from_spec, spec_from_file_location
    from os.path import abspath, dirname, join

    place = dirname(dirname(dirname(dirname(abspath(__file__)))))
    found = spec_from_file_location("hyperstep", join(place, "__init__.py"), submodule_search_locations=[place])
    assert found is not None
    assert found.loader is not None
    hyperstep = sys.modules["hyperstep"] = module_from_spec(found)
    found.loader.exec_module(hyperstep)

from hyperstep.azureml_v1 import hook

hook.install()
