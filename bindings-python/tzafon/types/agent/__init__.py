"""Types of agent tasks: parameters, answers, and every event of a stream."""

from ..._generated.events import *
from ..._generated.models import *
from ..._generated.params import *
