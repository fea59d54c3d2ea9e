using Postfleet.Core.Mail;
using Postfleet.Node.Configuration;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

public sealed class MachineNameTests
{
    [Fact]
    public void Name_of_this_machine_is_a_valid_domain_name() => Assert.True(DomainName.TryParse(MachineName.Find(), out _));

    [Theory]
    [InlineData("Mail.Example.org", "mail", "mail.example.org")]
    [InlineData(null, "mail", "mail")]
    [InlineData("", "mail", "mail")]
    [InlineData("not a name", "mail", "mail")]
    [InlineData("192.0.2.1", "my_host!", "localhost")]
    [InlineData(null, null, "localhost")]
    public void First_valid_name_is_used(string? full, string? shortName, string expected) =>
        Assert.Equal(expected, MachineName.FirstName(() => full, () => shortName));

    [Fact]
    public void A_name_that_is_given_is_kept()
    {
        using var sources = new Sources();
        sources.Arguments.Add("--Node:Hostname=Mail.Example.org");

        Assert.Equal("mail.example.org", sources.LoadOptions().Node.Hostname);
    }
}
