using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Node.Hosting;
using Postfleet.Node.Options;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class RewritingSettingsTests
{
    [Theory]
    [InlineData("http", "a@example.org")]
    [InlineData("relay", null)]
    public void Messages_of_the_api_are_rewritten_where_the_services_name_http(string service, string? expected)
    {
        var rules = new RewritingOptions { Services = [service], Masquerade = ["example.org"] };
        var rewriting = ModuleSettings.Admin(new PostfleetOptions { Rewriting = rules }).Rewriting;
        Assert.Equal(expected, rewriting?.ReversePath(Mailbox.Parse("a@host.example.org"))?.Address);
    }
}
