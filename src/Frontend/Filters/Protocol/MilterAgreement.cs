using System.Buffers.Binary;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>What a filter has agreed on (SMFIC_OPTNEG). Immutable.</summary>
/// <param name="Version">The version of the protocol.</param>
/// <param name="Actions">What the filter may change.</param>
/// <param name="Steps">What the filter does not want or does not answer.</param>
/// <param name="Macros">The macros that the filter chose, by stage.</param>
internal sealed record MilterAgreement(
    uint Version, MilterActions Actions, MilterSteps Steps, IReadOnlyDictionary<MilterMacroStage, IReadOnlyList<string>> Macros)
{
    private const uint OwnVersion = 6;

    // Older filters have other codes.
    private const uint LeastVersion = 2;

    // libmilter allows 50 macros for a stage.
    private const int MaxMacros = 100;

    /// <summary>The data of the offer: the version, all actions and all steps.</summary>
    public static byte[] Offer()
    {
        var data = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(data, OwnVersion);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), (uint)MilterActions.All);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(8), (uint)MilterSteps.All);
        return data;
    }

    /// <summary>Reads the filter's answer to the offer.</summary>
    /// <exception cref="FilterException">The answer is malformed, or asks for what was not offered.</exception>
    public static MilterAgreement Read(in MilterFrame frame)
    {
        if (frame.Code != (byte)MilterCommand.Negotiate) throw FilterException.Malformed("it does not negotiate options");
        var data = frame.Data;
        var version = MilterFrames.ReadNumber(ref data);
        var actions = (MilterActions)MilterFrames.ReadNumber(ref data);
        // Newer flags say how much data a frame may have, which does not concern the frames that this client sends.
        var steps = (MilterSteps)MilterFrames.ReadNumber(ref data);
        if (version is < LeastVersion or > OwnVersion) throw FilterException.Malformed($"it has version {version} of the protocol");
        if ((actions & ~MilterActions.All) != 0) throw FilterException.Malformed($"it asks for unknown actions {actions:x}");
        if ((steps & ~MilterSteps.All) != 0) throw FilterException.Malformed($"it asks for unknown steps {steps:x}");
        var macros = new Dictionary<MilterMacroStage, IReadOnlyList<string>>();
        while (data.Length > 0)
        {
            var stage = (MilterMacroStage)MilterFrames.ReadNumber(ref data);
            var names = MilterFrames.ReadText(ref data).Split([' ', ','], MaxMacros, StringSplitOptions.RemoveEmptyEntries);
            if (!Enum.IsDefined(stage)) throw FilterException.Malformed($"it chooses macros for the unknown stage {(int)stage}");
            macros[stage] = names;
        }

        return new MilterAgreement(version, actions, steps, macros);
    }

    /// <summary>Whether the filter wants a command.</summary>
    public bool Wants(MilterCommand command) => (Steps & command switch
    {
        MilterCommand.Connect => MilterSteps.NoConnect,
        MilterCommand.Hello => MilterSteps.NoHello,
        MilterCommand.Mail => MilterSteps.NoMail,
        MilterCommand.Recipient => MilterSteps.NoRecipient,
        MilterCommand.Data => MilterSteps.NoData,
        MilterCommand.Header => MilterSteps.NoHeaders,
        MilterCommand.EndOfHeader => MilterSteps.NoEndOfHeader,
        MilterCommand.Body => MilterSteps.NoBody,
        MilterCommand.Unknown => MilterSteps.NoUnknown,
        _ => MilterSteps.None,
    }) == 0 && (command != MilterCommand.Data || Version > 3) && (command != MilterCommand.Unknown || Version > 2);

    /// <summary>Whether the filter answers a command.</summary>
    public bool Answers(MilterCommand command) => (Steps & command switch
    {
        MilterCommand.Connect => MilterSteps.NoReplyToConnect,
        MilterCommand.Hello => MilterSteps.NoReplyToHello,
        MilterCommand.Mail => MilterSteps.NoReplyToMail,
        MilterCommand.Recipient => MilterSteps.NoReplyToRecipient,
        MilterCommand.Data => MilterSteps.NoReplyToData,
        MilterCommand.Header => MilterSteps.NoReplyToHeader,
        MilterCommand.EndOfHeader => MilterSteps.NoReplyToEndOfHeader,
        MilterCommand.Body => MilterSteps.NoReplyToBody,
        MilterCommand.Unknown => MilterSteps.NoReplyToUnknown,
        _ => MilterSteps.None,
    }) == 0;

    /// <summary>Whether values of header fields keep the space behind the colon.</summary>
    public bool KeepsSpace => (Steps & MilterSteps.LeadingSpace) != 0;
}
