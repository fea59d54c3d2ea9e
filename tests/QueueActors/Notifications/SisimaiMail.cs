using System.Diagnostics;
using System.Text.Json;

namespace Postfleet.QueueActors.Tests.Notifications;

/// <summary>The reading of a recipient by Sisimai, an analyser of bounces.</summary>
/// <param name="Recipient">Its address.</param>
/// <param name="Action">The outcome of the recipient.</param>
/// <param name="DeliveryStatus">The status code.</param>
/// <param name="ReplyCode">The code of the reply.</param>
/// <param name="Reason">Sisimai's own class of failures.</param>
/// <param name="RemoteHost">The host that gave the reply.</param>
/// <param name="Diagnosis">The reply.</param>
/// <param name="Sender">The author of the reported message.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="MessageId">Its id, without brackets.</param>
internal sealed record SisimaiReport(
    string Recipient,
    string Action,
    string DeliveryStatus,
    string ReplyCode,
    string Reason,
    string RemoteHost,
    string Diagnosis,
    string Sender,
    string Subject,
    string MessageId);

/// <summary>Reads reports with Sisimai (Debian's libsisimai-perl).</summary>
internal static class SisimaiMail
{
    private const string Script = """
        use Sisimai; use JSON::PP;
        binmode STDIN; local $/; my $mail = <STDIN>;
        my @found = map { {
            Recipient => $_->recipient->address, Action => $_->action, DeliveryStatus => $_->deliverystatus, ReplyCode => $_->replycode,
            Reason => $_->reason, RemoteHost => $_->rhost, Diagnosis => $_->diagnosticcode, Sender => $_->addresser->address,
            Subject => $_->subject, MessageId => $_->messageid
        } } @{ Sisimai->make(\$mail, 'delivered' => 1) || [] };
        print JSON::PP->new->utf8->encode(\@found);
        """;

    public static async Task<IReadOnlyList<SisimaiReport>> ReadAsync(byte[] mail)
    {
        var start =
            new ProcessStartInfo("perl") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-e");
        start.ArgumentList.Add(Script);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var process = Process.Start(start) ?? throw new InvalidOperationException("perl did not start");
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.StandardInput.BaseStream.WriteAsync(mail, deadline.Token);
        process.StandardInput.Close();
        await process.WaitForExitAsync(deadline.Token);
        if (process.ExitCode != 0) throw new InvalidOperationException($"Sisimai could not read the mail: {await errors}");
        return JsonSerializer.Deserialize<SisimaiReport[]>(await output)!;
    }
}
