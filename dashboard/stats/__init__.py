"""Query -> plan -> SQL -> numbers; knows neither HTTP nor HTML."""
