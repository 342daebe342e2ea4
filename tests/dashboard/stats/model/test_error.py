from dashboard.stats.model.error import QueryError


def test_a_query_error_is_a_value_error_with_its_message():
    error = QueryError("unknown metric")

    assert isinstance(error, ValueError)
    assert "unknown metric" == str(error)
