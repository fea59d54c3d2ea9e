using System.Text;
using Postfleet.Frontend.Common;
using Xunit;

namespace Postfleet.Frontend.Tests.Common;

public sealed class RejectionReasonTests
{
    [Theory]
    [InlineData("550 5.7.1 Relaying denied\r\n", "policy")]
    [InlineData("501-5.1.3 Bad recipient\r\n", "address")]
    [InlineData("452 4.3.1 Insufficient system storage\r\n", "system")]
    [InlineData("552 5.3.4 Message size exceeds\r\n", "size")]
    [InlineData("552 5.3.44 New\r\n", "system")]
    [InlineData("554 5.4.6 Too many hops\r\n", "network")]
    [InlineData("500 5.5.1 Command not recognized\r\n", "protocol")]
    [InlineData("550 5.6.11 Bare LF\r\n", "content")]
    [InlineData("421 4.9.1 Beyond the subjects\r\n", "other")]
    [InlineData("554 no enhanced code\r\n", "other")]
    [InlineData("421\r\n", "other")]
    [InlineData("", "other")]
    public void The_subject_of_the_enhanced_code_is_the_reason(string reply, string reason)
    {
        Assert.Equal(reason, RejectionReason.Of(Encoding.ASCII.GetBytes(reply)));
        Assert.Contains(reason, RejectionReason.All);
    }
}
