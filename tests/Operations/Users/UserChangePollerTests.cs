using Microsoft.Extensions.Time.Testing;
using Postfleet.Operations.Users;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Users;

/// <summary>The loop that learns of changes of users, over a storage with faults.</summary>
public sealed class UserChangePollerTests
{
    [Fact]
    public async Task A_query_that_is_cancelled_leaves_the_polls_running()
    {
        var (time, store) = (new FakeTimeProvider(), new MemoryUsers { Fault = new OperationCanceledException("late") });
        await using var users = new StoredUsers(store, time, new LogCollector());
        _ = ((Contracts.Users.IUserDirectory)users).Version;
        await Eventually.True(
            () =>
            {
                time.Advance(UserChangePoller.Interval);
                return store.Polls > 2;
            },
            TimeSpan.FromSeconds(30), "polls follow the fault");
    }
}
