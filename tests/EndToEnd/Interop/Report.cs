using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>A received delivery status notification (RFC 3464).</summary>
/// <param name="Message">The fields about the message.</param>
/// <param name="Recipients">The fields about each recipient.</param>
internal sealed record Report(HeaderList Message, IReadOnlyList<HeaderList> Recipients)
{
    public static Report Read(SinkMessage message)
    {
        using var content = new MemoryStream(message.Content!);
        var body = Assert.IsType<MultipartReport>(MimeMessage.Load(content).Body);
        var groups = body.OfType<MessageDeliveryStatus>().Single().StatusGroups.Where(group => group.Count > 0).ToList();
        Assert.Equal("", message.ReversePath);
        return new Report(groups[0], groups[1..]);
    }
}
