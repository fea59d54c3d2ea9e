using Akka.Actor;
using Akka.Configuration;
using Postfleet.Journal.Plugin;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>A node does not start if its events would go into memory or its snapshots into local files.</summary>
public sealed class PersistenceCheckTests : IDisposable
{
    private readonly TempFolder _folder = new("check");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task The_nodes_own_configuration_passes() => VerifyAsync("");

    [Theory]
    [InlineData("akka.persistence.journal.plugin", "akka.persistence.journal.inmem")]
    [InlineData("akka.persistence.journal.plugin", "")]
    [InlineData("akka.persistence.snapshot-store.plugin", "akka.persistence.snapshot-store.local")]
    [InlineData("akka.cluster.sharding.journal-plugin-id", "")]
    [InlineData("akka.cluster.sharding.journal-plugin-id", "akka.persistence.journal.inmem")]
    [InlineData("akka.cluster.sharding.snapshot-plugin-id", "akka.persistence.snapshot-store.local")]
    [InlineData("akka.persistence.journal.sql.class", "Akka.Persistence.Journal.MemoryJournal, Akka.Persistence")]
    public async Task Another_plugin_is_refused(string key, string value)
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => VerifyAsync($"{key} = \"{value}\""));
        Assert.Contains("mail would be lost", e.Message, StringComparison.Ordinal);
    }

    private async Task VerifyAsync(string mistake)
    {
        await using var journal = JournalStorage.Sqlite(_folder.FullPath);
        // No cluster is needed, because the check only reads the configuration.
        var system = ActorSystem
            .Create("check", ConfigurationFactory.ParseString($"{mistake}\nakka.actor.provider = local\nakka.loggers = []")
            .WithFallback(journal.ToConfig()));
        try
        {
            PersistenceCheck.Verify(system);
        }
        finally
        {
            await system.Terminate();
        }
    }
}
