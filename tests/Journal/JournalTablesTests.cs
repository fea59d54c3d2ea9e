using Postfleet.Core;
using Postfleet.Journal.Common;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>
/// Tests of the journals' migration: from an empty database, from each released schema, and from tables of Akka.Persistence.Sql.
/// </summary>
public sealed class JournalTablesTests : IDisposable
{
    private static readonly string[] Journals = [JournalStorage.QueueJournal, JournalStorage.ShardingJournal];

    private readonly TempFolder _folder = new("journal");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Database_of_the_plugin_is_migrated_to_the_newest_schema(bool isEmbedded)
    {
        var old = await JournalPlace.CreateAsync(_folder, isEmbedded, "old");
        await using (var bench = new JournalBench(old.Storage(), old.PluginConfig(createsTables: true)))
        {
            foreach (var journal in Journals) Assert.Equal(1, await bench.CountAsync("entity", journal));
        }

        await using (var bench = await OpenAsync(old))
        {
            foreach (var journal in Journals) Assert.Equal(2, await bench.CountAsync("entity", journal));
        }

        var fresh = await JournalPlace.CreateAsync(_folder, isEmbedded);
        await (await OpenAsync(fresh)).DisposeAsync();
        Assert.Equal(await fresh.DescribeAsync(), await old.DescribeAsync());
    }

    public static TheoryData<bool, int> ReleasedVersions
    {
        get
        {
            var versions = new TheoryData<bool, int>();
            foreach (var step in JournalSchema.Sqlite.Steps) versions.Add(true, step.Version);
            foreach (var step in JournalSchema.Postgres.Steps) versions.Add(false, step.Version);
            return versions;
        }
    }

    /// <summary>
    /// A sample has two events of an entity in each journal and a row of a queue. tests/Spool/Samples/README.md describes the samples.
    /// </summary>
    [Theory]
    [MemberData(nameof(ReleasedVersions))]
    public async Task Journal_of_a_released_schema_is_migrated_to_the_newest_schema_and_read(bool isEmbedded, int version)
    {
        var (engine, plan) = isEmbedded ? ("sqlite", JournalSchema.Sqlite) : ("postgres", JournalSchema.Postgres);
        var old = await JournalPlace.CreateAsync(_folder, isEmbedded, "old");
        await old.RestoreAsync($"journal-{engine}-{version}");
        var storage = old.Storage();
        Assert.Equal(
            plan.Steps.Where(step => step.Version > version).Select(step => $"journal {step.Version}: {step.Does}"),
            (await storage.PrepareAsync(default)).Where(line => !line.StartsWith("cluster", StringComparison.Ordinal)));

        var fresh = await JournalPlace.CreateAsync(_folder, isEmbedded);
        await (await OpenAsync(fresh)).DisposeAsync();
        Assert.Equal(await fresh.DescribeAsync(), await old.DescribeAsync());

        await using var bench = new JournalBench(storage);
        foreach (var journal in Journals) Assert.Equal(3, await bench.CountAsync("entity", journal));
        var row = Assert.Single(await old.ReadAsync("q-default:a.test"));
        // The tests of the queues' formats read these bytes.
        Assert.Equal((4053, "qev1"), (row.Serializer, row.Manifest));
        var golden = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Samples", "qev1-message-enqueued.hex"));
        Assert.Equal(golden.ReplaceLineEndings(""), Convert.ToHexStringLower(row.Message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tables_are_created_once_and_each_step_is_reported(bool isEmbedded)
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded);
        await using var storage = place.Storage();
        var done = await storage.PrepareAsync(default);
        Assert.Equal(isEmbedded ? 3 : 5, done.Count);
        Assert.Equal("journal 1: tables journal, sharding_journal, sharding_snapshot where missing", done[0]);
        Assert.Empty(await storage.PrepareAsync(default));
    }

    [Fact]
    public async Task Ten_nodes_may_start_at_once()
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded: false);
        var nodes = Enumerable.Range(0, 10).Select(_ => place.Storage()).ToArray();
        var done = await Task.WhenAll(nodes.Select(node => Task.Run(() => node.PrepareAsync(default))));
        Assert.Equal(5, done.Sum(lines => lines.Count));
        foreach (var node in nodes) await node.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tables_of_a_newer_version_are_refused_in_one_line(bool isEmbedded)
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded);
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync("UPDATE postfleet_schema SET version = 99 WHERE name = 'journal'");
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.PrepareAsync(default));
        Assert.Contains("schema version 99", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unavailable_database_is_reported_in_one_line_without_secrets()
    {
        await using var storage = JournalStorage.Postgres($"Host={_folder.FullPath};Database=x;Password=secret");
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.PrepareAsync(default));
        Assert.Contains(_folder.FullPath, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    private static async Task<JournalBench> OpenAsync(JournalPlace place)
    {
        var storage = place.Storage();
        await storage.PrepareAsync(default);
        return new JournalBench(storage);
    }

}
