using System.Text.Json;
using Postfleet.Core.Classification;
using Postfleet.Core.Returns;

namespace Postfleet.Node.Cli;

/// <summary>Writes the report that an inspected message is: a delivery report or a complaint. Used by <see cref="Inspection"/>.</summary>
internal static class InspectedReport
{
    /// <summary>Writes the property <c>report</c> of the object that is being written.</summary>
    /// <param name="json">Stands inside an object.</param>
    /// <param name="report">The report.</param>
    public static void Write(Utf8JsonWriter json, ReturnedMail report)
    {
        json.WriteStartObject("report");
        json.WriteString("kind", report.Complaint is null ? "deliveryReport" : "complaint");
        json.WriteString("originalMessageId", report.Original.MessageId);
        json.WriteString("originalReturnPath", report.Original.ReturnPath);
        json.WriteString("originalEnvelopeId", report.Original.EnvelopeId);
        if (report.Complaint is { } complaint) Write(json, complaint);
        else Write(json, report.Recipients);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Complaint complaint)
    {
        json.WriteString("feedbackType", complaint.Kind);
        json.WriteString("userAgent", complaint.Reporter);
        json.WriteStartArray("recipients");
        foreach (var recipient in complaint.Recipients) json.WriteStringValue(recipient);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<ReturnedRecipient> recipients)
    {
        json.WriteStartArray("recipients");
        foreach (var recipient in recipients)
        {
            json.WriteStartObject();
            json.WriteString("final", recipient.Final);
            json.WriteString("original", recipient.Original);
            json.WriteString("action", recipient.Action switch
            {
                ReturnedAction.Failed => "failed",
                ReturnedAction.Delayed => "delayed",
                _ => "delivered",
            });
            json.WriteString("status", recipient.Status?.ToString());
            json.WriteString("class", recipient.Classify(BounceClassifier.Shipped)?.Name);
            json.WriteString("reply", recipient.Reply.ToString());
            json.WriteString("remoteHost", recipient.RemoteHost);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
