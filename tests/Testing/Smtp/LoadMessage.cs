using System.Text;

namespace Postfleet.Testing;

/// <summary>Creates the content of messages for the load clients.</summary>
internal static class LoadMessage
{
    /// <summary>A message with a Message-Id and lines of x.</summary>
    /// <param name="sender">The address in From.</param>
    /// <param name="id">The Message-Id.</param>
    /// <param name="octets">The approximate size in octets, including the header.</param>
    public static byte[] Create(string sender, string id, int octets)
    {
        var content = new StringBuilder(octets + 80)
            .Append("From: <").Append(sender).Append(">\r\nSubject: load\r\nMessage-Id: ").Append(id).Append("\r\n\r\n");
        while (content.Length < octets) content.Append('x', Math.Clamp(octets - content.Length - 2, 1, 76)).Append("\r\n");
        return Encoding.ASCII.GetBytes(content.ToString());
    }
}
