using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Suppression;
using Postfleet.Operations.Options;
using Postfleet.Operations.Suppression;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Suppression;

/// <summary>The suppression lists of two nodes over one storage.</summary>
public abstract class SuppressionBench : IAsyncLifetime
{
    private protected static readonly SuppressedMail Bulk = new("bulk", "shop");

    private protected SuppressionBench()
    {
        List = new SuppressionList(Options, Store, Time, Log);
        OtherNode = new SuppressionList(new(new SuppressionOptions { Enabled = true }), Store, Time, Log);
    }

    /// <summary>The clock.</summary>
    private protected FakeTimeProvider Time { get; } = new();

    /// <summary>The storage of both nodes.</summary>
    private protected MemorySuppressions Store { get; } = new();

    /// <summary>The log.</summary>
    private protected LogCollector Log { get; } = new();

    /// <summary>The options of the node.</summary>
    private protected Current<SuppressionOptions> Options { get; } = new(new SuppressionOptions
    {
        Enabled = true,
        Rules =
        [
            new SuppressionRuleOptions { Class = "unknown-user", Scope = SuppressionScope.All, After = 2 },
            new SuppressionRuleOptions { Class = "unknown-user", Scope = SuppressionScope.Stream },
            new SuppressionRuleOptions { Class = "mailbox-full", Scope = SuppressionScope.User, Expires = TimeSpan.Zero },
        ],
    });

    /// <summary>The list of the node.</summary>
    private protected SuppressionList List { get; }

    /// <summary>The list of another node.</summary>
    private protected SuppressionList OtherNode { get; }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await List.DisposeAsync();
        await OtherNode.DisposeAsync();
        // A node disposes its singletons once for each service.
        await List.DisposeAsync();
    }

    private protected static MessageId Message(ulong number) => MessageId.FromHalves(1, number);

    private protected static CountedFailure Failure(string recipient, string name) =>
        new(Mailbox.Parse(recipient), BounceClass.Find(name)!);

    private protected Task PutAsync(string target, string scope = "all", DateTimeOffset? expires = null) => OtherNode.WriteAsync(
        [new SuppressionPut(new SuppressionKey(target, scope == "all" ? "" : scope), "asked", "api:x", expires)], default);

    private protected async Task<List<string>> EntriesAsync(SuppressionListFilter? filter = null)
    {
        List<string> found = [];
        for (SuppressionKey? after = new SuppressionKey("", ""); after is { } place;)
        {
            var page = await List.ListAsync(filter ?? new SuppressionListFilter(null, null, null, null), place, 3, default);
            Assert.InRange(page.Entries.Count, 0, 3);
            found.AddRange(page.Entries.Select(row => $"{row.Key.Target} {row.Key.ScopeText}"));
            after = page.Next;
        }

        return found;
    }

    private protected Task<IReadOnlyList<SuppressedRecipient>> FindAsync(params string[] recipients) =>
        List.FindAsync(Bulk, [.. recipients.Select(Mailbox.Parse)], default).AsTask();

    private protected async Task StartAsync()
    {
        List.MayConcern(Bulk, Mailbox.Parse("first@start.test"));
        await Eventually.True(() => List.Polls > 0, TimeSpan.FromSeconds(30), "the first poll");
    }

    private protected Task PollAsync() => AdvanceAsync(SuppressionPoller.Interval);

    // Polls run on the thread pool: the clock moves until one more has ended.
    private protected async Task AdvanceAsync(TimeSpan time)
    {
        var polls = List.Polls;
        Time.Advance(time);
        if (polls > 0) await Eventually.True(() => List.Polls > polls, TimeSpan.FromSeconds(30), "a further poll");
    }

    private protected int Logged(string name) => Log.Lines.Count(line => line.Name == name);

    private protected Task LoggedAsync(string name) =>
        Eventually.True(() => Logged(name) == 1, TimeSpan.FromSeconds(30), $"a line '{name}'");
}
