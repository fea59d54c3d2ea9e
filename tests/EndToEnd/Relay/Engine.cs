using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>The storage engine of a node.</summary>
public enum Engine
{
    /// <summary>SQLite files in the node's folder.</summary>
    Sqlite,

    /// <summary>A database of its own on the tests' PostgreSQL server.</summary>
    Postgres,
}

internal static class EngineExtensions
{
    /// <summary>A node's settings with this engine.</summary>
    public static async Task<NodeSpec> SpecAsync(this Engine engine) => engine switch
    {
        Engine.Postgres => new NodeSpec { Postgres = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync() },
        _ => new NodeSpec(),
    };
}
