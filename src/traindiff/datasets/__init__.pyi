from .base import Dataset as Dataset
from .base import Modality as Modality
from .base import Splits as Splits
