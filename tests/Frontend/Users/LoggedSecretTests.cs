using Microsoft.Extensions.Logging;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>No line of the log has a password, however a client sends it.</summary>
public sealed class LoggedSecretTests
{
    private static string Right => SaslWorld.Plain("alice@x.test", "secret");

    private static string Wrong => SaslWorld.Plain("alice@x.test", "wrong");

    /// <summary>Passwords of clients that do not wait for replies must not get into the log, either.</summary>
    [Fact]
    public async Task No_password_is_logged()
    {
        var worlds = await Dialogue.ReplayAsync(
            $"""
            {AuthenticationDialogueTests.Greeted}C: AUTH PLAIN {Wrong}
            S: 535 *
            C: AUTH PLAIN {Right}x
            S: 501 *
            C: AUTH GSSAPI
            C: TWFya2VkU2VjcmV0
            S: 504 *
            S: 500 *
            C: AUTH LOGIN
            S: 334 *
            C: TWFya2VkU2VjcmV0
            S: 334 *
            C: *
            S: 501 *
            C: TWFya2VkU2VjcmV0:
            S: 421 *
            S. 
            """,
            () => new SaslWorld().World);
        foreach (var world in worlds)
        {
            var log = string.Join('\n', world.Log.Above(LogLevel.Debug).Select(line => line.Text + string.Join(' ', line.Fields.Values)));
            Assert.Contains("authentication by PLAIN", log, StringComparison.Ordinal);
            foreach (var secret in new[] { Wrong, Right, "wrong,", "MarkedSecret", "TWFya2VkU2VjcmV0" })
                Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("AUTH\t")]
    [InlineData("AUTH=")]
    [InlineData("authenticate ")]
    [InlineData("XAUTH ")]
    public async Task No_password_behind_another_form_of_AUTH_is_logged(string form)
    {
        var worlds = await Dialogue.ReplayAsync(
            $"""
            {AuthenticationDialogueTests.Greeted}C: {form}PLAIN {Right}
            S: 500 *
            """,
            () => new SaslWorld().World);
        foreach (var world in worlds)
        {
            var line = Assert.Single(world.Log.Of("rejected"));
            Assert.Equal("an unknown command (not shown)", line.Fields["Command"]);
        }
    }
}
