using Npgsql;
using NpgsqlTypes;

namespace Postfleet.Storage.Postgres;

/// <summary>Parameters of statements: single values, and columns of values as arrays for <c>unnest</c>.</summary>
public static class PostgresParameters
{
    /// <summary>A single value.</summary>
    public static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };

    /// <summary>A column of values.</summary>
    public static NpgsqlParameter<T[]> Column<T>(NpgsqlDbType type, T[] values) =>
        new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
}
