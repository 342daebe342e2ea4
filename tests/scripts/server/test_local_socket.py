import gc
import warnings
from pathlib import Path

import pytest

from scripts.server.local_socket import OperatorConnection


def test_where_no_server_runs_nothing_stays_open(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(OSError, match="No such file"):
            OperatorConnection(tmp_path).connect()
        gc.collect()

    assert [] == [warning for warning in caught if warning.category is ResourceWarning]
