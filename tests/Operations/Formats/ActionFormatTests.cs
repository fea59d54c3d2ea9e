using Postfleet.Operations.Formats;
using Postfleet.Testing.Formats;

namespace Postfleet.Operations.Tests.Formats;

/// <summary>The formats of the actions' journal, and of the messages between nodes and the owner of the actions.</summary>
public sealed class ActionFormatTests() : FormatContract(
    typeof(ActionFormats).Assembly, ActionFormats.All, Samples.All, ActionGen.Messages);
