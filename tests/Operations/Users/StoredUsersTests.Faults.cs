using Postfleet.Core.Users;
using Postfleet.Operations.Users;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Operations.Tests.Users;

/// <summary>Faults of the program in the loop of a node.</summary>
public sealed partial class StoredUsersTests
{
    [Fact]
    public async Task A_fault_does_not_end_the_polls()
    {
        await _otherNode.PutAsync(new MailUser("a"), null, default);
        await StartAsync();
        Assert.NotNull(await FindAsync("a"));
        _store.Fault = new InvalidOperationException("a fault of the program");
        await PollAsync();
        await PollAsync(UserCache.TrustedFor);
        await Eventually.True(() => Logged("users unknown") == 1, TimeSpan.FromSeconds(10), "a warning");

        _store.Fault = null;
        await _otherNode.DeleteAsync("a", default);
        await PollAsync();
        Assert.Null(await FindAsync("a"));
    }
}
