using Npgsql;
using Postfleet.Storage.Postgres;

namespace Postfleet.Storage.Tests.Postgres;

/// <summary>Defaults of the connection string.</summary>
public sealed class PostgresConnectionStringTests
{
    [Theory]
    [InlineData("Host=db", GssEncryptionMode.Disable)]
    [InlineData("Host=db;GSS Encryption Mode=Prefer", GssEncryptionMode.Prefer)]
    [InlineData("Host=db;GssEncryptionMode=Require", GssEncryptionMode.Require)]
    public void Kerberos_encryption_is_used_on_request_alone(string text, GssEncryptionMode expected) =>
        Assert.Equal(expected, PostgresConnectionString.Read(text).GssEncryptionMode);
}
