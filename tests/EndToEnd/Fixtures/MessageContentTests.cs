using System.Text;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class MessageContentTests
{
    [Theory]
    [InlineData("Received: from a\r\n\tby b;\r\n date\r\nReceived: old\r\n\r\nbody", "Received: from a\r\n\tby b;\r\n date\r\n")]
    [InlineData("RECEIVED:x\r\n", "RECEIVED:x\r\n")]
    [InlineData("Subject: x\r\nReceived: y\r\n", "")]
    [InlineData("Authentication-Results: a;\r\n spf=pass\r\nReceived-SPF: pass\r\nReceived: y\r\nSubject: x\r\n",
        "Authentication-Results: a;\r\n spf=pass\r\nReceived-SPF: pass\r\nReceived: y\r\n")]
    [InlineData("Authentication-Results: a\r\nSubject: x\r\nReceived: y\r\n", "")]
    [InlineData("Received: never ends", "")]
    [InlineData("", "")]
    public void The_trace_is_the_received_field_on_top_with_its_folds_and_the_results_above(string content, string trace) =>
        Assert.Equal(trace.Length, MessageContent.TraceLength(Encoding.ASCII.GetBytes(content)));

    [Theory]
    [InlineData("A: 1\r\nmessage-id:  <x@y> \r\n\r\n", "<x@y>")]
    [InlineData("A: 1\r\n\r\nMessage-Id: <body@y>\r\n", null)]
    [InlineData("", null)]
    public void A_header_is_found_by_name_in_the_header_only(string content, string? value) =>
        Assert.Equal(value, MessageContent.Header(Encoding.ASCII.GetBytes(content), "Message-Id"));
}
