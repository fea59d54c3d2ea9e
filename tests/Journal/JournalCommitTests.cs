using Postfleet.Journal.Common;
using Postfleet.Journal.Writing;
using Xunit;

namespace Postfleet.Journal.Tests;

public sealed class JournalCommitTests
{
    [Fact]
    public async Task Operations_queued_during_a_commit_share_the_next_transaction_in_order()
    {
        var writer = new FakeWriter();
        await using var commit = new JournalCommit(writer);
        var first = commit.WriteAsync("journal", [Row("a", 1)]);
        await writer.Entered.WaitAsync();
        var rest = Enumerable.Range(2, 399).Select(number => commit.WriteAsync("journal", [Row("a", number)])).ToList();
        writer.Pass(2);
        await Task.WhenAll(rest.Prepend(first));
        Assert.Equal([1, 399], writer.Batches.Select(batch => batch.Count));
        Assert.Equal(Enumerable.Range(1, 400).Select(number => (long)number), writer.Batches.SelectMany(batch => batch)
            .OfType<JournalWrite>().SelectMany(write => write.Rows).Select(row => row.SequenceNumber));
    }

    [Fact]
    public async Task Transactions_are_bounded_in_writes_and_octets()
    {
        var writer = new FakeWriter();
        await using var commit = new JournalCommit(writer);
        var writes = new List<Task> { commit.WriteAsync("journal", [Row("a", 1)]) };
        await writer.Entered.WaitAsync();
        writes.AddRange(Enumerable.Range(2, 500).Select(number => commit.WriteAsync("journal", [Row("a", number)])));
        writes.AddRange(Enumerable.Range(502, 6).Select(number => commit.WriteAsync("journal", [Row("a", number, octets: 1 << 20)])));
        writer.Pass(100);
        await Task.WhenAll(writes);
        Assert.Equal([1, 400, 104, 2], writer.Batches.Select(batch => batch.Count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    [InlineData(300)]
    public async Task Taken_number_fails_alone(int bad)
    {
        var writer = new FakeWriter { Fails = row => row.SequenceNumber == bad ? new InvalidOperationException("taken") : null };
        await using var commit = new JournalCommit(writer);
        var writes = Enumerable.Range(0, 300).Select(i => commit.WriteAsync("journal", [Row($"e{i}", i + 1)])).ToList();
        writer.Pass(1000);
        for (var i = 0; i < writes.Count; i++)
        {
            if (i + 1 != bad) await writes[i];
            else Assert.Equal("taken", (await Assert.ThrowsAsync<InvalidOperationException>(() => writes[i])).Message);
        }
    }

    [Fact]
    public async Task Deletion_shares_a_transaction_with_queued_writes()
    {
        var writer = new FakeWriter();
        await using var commit = new JournalCommit(writer);
        var first = commit.WriteAsync("journal", [Row("a", 1)]);
        await writer.Entered.WaitAsync();
        var rest = new[] { commit.DeleteAsync("journal", "a", 1), commit.WriteAsync("sharding_journal", [Row("b", 1)]), commit
            .DeleteAsync("journal", "c", 9) };
        writer.Pass(2);
        await Task.WhenAll(rest.Prepend(first));
        var together = writer.Batches[1];
        Assert.Equal(["journal", "sharding_journal", "journal"], together.Select(operation => operation.Table));
        Assert.Equal(("c", 9), (((JournalDeletion)together[2]).PersistenceId, ((JournalDeletion)together[2]).UpTo));
    }

    [Fact]
    public async Task Unavailable_storage_fails_all_operations_after_one_try()
    {
        var writer = new FakeWriter { Fails = _ => new IOException("gone") };
        await using var commit = new JournalCommit(writer);
        var first = commit.WriteAsync("journal", [Row("a", 1)]);
        await writer.Entered.WaitAsync();
        var rest = Enumerable.Range(0, 50).Select(i => commit.WriteAsync("journal", [Row($"e{i}", 1)])).ToList();
        writer.Pass(1000);
        foreach (var write in rest.Prepend(first)) await Assert.ThrowsAsync<IOException>(() => write);
        Assert.Equal(2, writer.Batches.Count);
        // The storage works again.
        writer.Fails = _ => null;
        await commit.WriteAsync("journal", [Row("a", 1)]);
    }

    [Fact]
    public async Task Queued_operations_are_written_before_the_journal_closes()
    {
        var writer = new FakeWriter();
        var commit = new JournalCommit(writer);
        var writes = Enumerable.Range(1, 10).Select(number => commit.WriteAsync("journal", [Row("a", number)])).ToList();
        var closing = commit.DisposeAsync().AsTask();
        writer.Pass(1000);
        await closing;
        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        // The container disposes of a service twice when it is registered under two types.
        await commit.DisposeAsync();
        Assert.Equal(1, writer.Closings);
        await Assert.ThrowsAsync<InvalidOperationException>(() => commit.WriteAsync("journal", [Row("a", 11)]));
    }

    private static NewJournalRow Row(string id, long number, int octets = 1) => new(id, number, 0, new byte[octets], "m", 1);

    private sealed class FakeWriter : JournalWriter
    {
        private readonly SemaphoreSlim _passes = new(0);

        public SemaphoreSlim Entered { get; } = new(0);

        public List<IReadOnlyList<JournalOperation>> Batches { get; } = [];

        public Func<NewJournalRow, Exception?> Fails { get; set; } = _ => null;

        public void Pass(int transactions) => _passes.Release(transactions);

        public override async Task CommitAsync(IReadOnlyList<JournalOperation> operations)
        {
            Batches.Add([.. operations]);
            Entered.Release();
            await _passes.WaitAsync();
            if (operations.OfType<JournalWrite>().SelectMany(write => write.Rows).Select(row => Fails(row))
                .FirstOrDefault(failure => failure is not null) is { } failure) throw failure;
        }

        public int Closings { get; private set; }

        public override ValueTask DisposeAsync()
        {
            Closings++;
            return base.DisposeAsync();
        }

        public override bool IsOfStorage(Exception exception) => exception is IOException;
    }
}
