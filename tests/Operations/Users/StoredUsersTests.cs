using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Postfleet.Operations.Users;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Users;

/// <summary>The users in storage, as the listeners of a node see them.</summary>
public sealed partial class StoredUsersTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryUsers _store = new();
    private readonly LogCollector _log = new();
    private readonly StoredUsers _users;
    private readonly StoredUsers _otherNode;
    private readonly IUserDirectory _directory;

    public StoredUsersTests()
    {
        _users = new StoredUsers(_store, _time, _log);
        _otherNode = new StoredUsers(_store, _time, _log);
        _directory = _users;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _users.DisposeAsync();
        await _otherNode.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_polled_before_the_first_question()
    {
        await _users.PutAsync(new MailUser("a"), null, default);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _store.Polls);
        Assert.True(_users.SaltKey.IsEmpty);
        await StartAsync();
        Assert.Equal(1, _store.Polls);
        // The same on all nodes, since the storage keeps it.
        Assert.Equal("salt"u8.ToArray(), _users.SaltKey.ToArray());
    }

    [Fact]
    public async Task A_user_is_read_once_and_a_missing_user_too()
    {
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("a", (await FindAsync("a"))!.Name);
            Assert.Null(await FindAsync("b"));
        }

        Assert.Equal(["a", "b"], _store.Found);
    }

    [Fact]
    public async Task A_change_on_another_node_holds_after_the_next_poll()
    {
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        var version = _directory.Version;
        Assert.False((await FindAsync("a"))!.IsDisabled);
        Assert.Null(await FindAsync("new"));
        Assert.Equal(version, _directory.Version);

        await _otherNode.PutAsync(new MailUser("a") { IsDisabled = true }, null, default);
        await _otherNode.PutAsync(new MailUser("new"), null, default);
        await PollAsync();
        Assert.True(_directory.Version > version);
        Assert.True((await FindAsync("a"))!.IsDisabled);
        Assert.NotNull(await FindAsync("new"));

        version = _directory.Version;
        await _otherNode.DeleteAsync("a", default);
        await PollAsync();
        Assert.True(_directory.Version > version);
        Assert.Null(await FindAsync("a"));
    }

    [Fact]
    public async Task A_change_on_this_node_holds_at_once()
    {
        await _users.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        Assert.NotNull(await FindAsync("a"));
        var version = _directory.Version;
        await _users.PutAsync(new MailUser("a") { IsDisabled = true }, null, default);
        Assert.True(_directory.Version > version);
        Assert.True((await FindAsync("a"))!.IsDisabled);
    }

    [Fact]
    public async Task Simultaneous_questions_for_a_user_are_one_read()
    {
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        using var canceled = new CancellationTokenSource();
        var first = _directory.FindAsync("a", canceled.Token).AsTask();
        var others = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => FindAsync("a")));
        // A caller that gives up leaves the read to the others.
        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();
        Assert.All(await others, user => Assert.NotNull(user));
        Assert.Single(_store.Found);
    }

    [Fact]
    public async Task A_read_that_a_change_has_overtaken_is_not_kept()
    {
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var version = _directory.Version;
        var overtaken = FindAsync("a");
        await _otherNode.PutAsync(new MailUser("a") { IsDisabled = true }, null, default);
        await PollAsync();
        var late = FindAsync("a");
        gate.SetResult();
        // The session that asked before the change asks again, because the version has grown.
        Assert.False((await overtaken)!.IsDisabled);
        Assert.True(_directory.Version > version);
        Assert.True((await late)!.IsDisabled);
        Assert.True((await FindAsync("a"))!.IsDisabled);
    }

    [Fact]
    public async Task Reads_that_wait_are_bounded()
    {
        await StartAsync();
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var waiting = Enumerable.Range(0, UserLookups.MaxWaiting).Select(i => FindAsync($"guess{i}")).ToList();
        Assert.Equal(UserLookups.MaxAtATime, _store.Found.Count);
        await Assert.ThrowsAsync<UsersUnavailableException>(() => FindAsync("guess"));
        // A user whose read waits already is no further read.
        waiting.Add(FindAsync("guess0"));
        gate.SetResult();
        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        Assert.Null(await FindAsync("guess"));
    }

    [Fact]
    public async Task Users_are_not_trusted_without_polls_and_are_unavailable_with_the_storage()
    {
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        Assert.NotNull(await FindAsync("a"));
        var version = _directory.Version;
        _store.Fault = new SpoolUnavailableException("the storage is away");
        await PollAsync(UserCache.TrustedFor);
        Assert.NotNull(await FindAsync("a"));
        Assert.Equal(version, _directory.Version);

        await PollAsync();
        await Assert.ThrowsAsync<UsersUnavailableException>(() => FindAsync("a"));
        Assert.True(_directory.Version > version);
        await Eventually.True(() => Logged("users unknown") == 1, TimeSpan.FromSeconds(10), "a warning");
        await PollAsync();
        Assert.Equal(1, Logged("users unknown"));

        _store.Fault = null;
        await PollAsync();
        await Eventually.True(() => Logged("users known again") == 1, TimeSpan.FromSeconds(10), "the end of the warning");
        var reads = _store.Found.Count;
        Assert.NotNull(await FindAsync("a"));
        Assert.NotNull(await FindAsync("a"));
        Assert.Equal(reads + 1, _store.Found.Count);
    }

    [Fact]
    public async Task All_users_are_read_again_after_the_storage_has_lost_changes()
    {
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        Assert.NotNull(await FindAsync("a"));
        _store.Lose();
        // The number of the lost change is used again.
        await _otherNode.PutAsync(new MailUser("b"), null, default);
        await PollAsync();
        Assert.Null(await FindAsync("a"));
    }

    [Fact]
    public async Task More_changes_than_a_page_are_read_by_one_poll()
    {
        await StartAsync();
        for (var i = 0; i < UserChangePoller.PageSize + 1; i++) await _otherNode.PutAsync(new MailUser($"u{i}"), null, default);
        Assert.Null(await FindAsync("a"));
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await PollAsync();
        Assert.NotNull(await FindAsync("a"));
    }

    [Fact]
    public async Task A_user_with_damaged_data_counts_as_disabled()
    {
        await _store.WriteAsync("a", """{"name":"a","scram256":"marked"}""", null, _time.GetUtcNow(), default);
        Assert.True((await FindAsync("a"))!.IsDisabled);
        Assert.True(Assert.Single(await _users.ListAsync("", 10, default)).User.IsDisabled);
        var line = _log.Lines.First(line => line.Name == "user row damaged");
        Assert.Equal((LogLevel.Error, "a"), (line.Level, line.Fields["User"]));
        Assert.DoesNotContain("marked", $"{line.Fields["Reason"]}", StringComparison.Ordinal);
        Assert.NotNull(await _users.PutAsync(new MailUser("a"), null, default));
        Assert.False((await FindAsync("a"))!.IsDisabled);
    }

    [Fact]
    public async Task Changes_are_made_against_an_expected_change()
    {
        var first = await _users.PutAsync(new MailUser("a"), 0, default);
        Assert.Null(await _users.PutAsync(new MailUser("a"), 0, default));
        var second = await _users.PutAsync(new MailUser("a") { IsDisabled = true }, first!.Change, default);
        Assert.Equal((second!.Change, true),
            ((await _users.FindAsync("a", default))!.Change, (await _users.FindAsync("a", default))!.User.IsDisabled));
        Assert.True(await _users.DeleteAsync("a", default));
        Assert.False(await _users.DeleteAsync("a", default));
        Assert.Null(await _users.FindAsync("a", default));
    }

    private Task<MailUser?> FindAsync(string name) => _directory.FindAsync(name, default).AsTask();

    private int Logged(string name) => _log.Lines.Count(line => line.Name == name);

    // The first poll takes the number of the last change. Reads before it are not kept.
    private async Task StartAsync()
    {
        _ = _directory.Version;
        await Eventually.True(() => _users.Polls > 0, TimeSpan.FromSeconds(10), "the first poll");
    }

    private async Task PollAsync(TimeSpan? after = null)
    {
        var before = _users.Polls;
        _time.Advance(after ?? UserChangePoller.Interval);
        await Eventually.True(() => _users.Polls > before, TimeSpan.FromSeconds(10), "a poll");
    }
}
